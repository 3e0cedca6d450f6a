use super::Curator;
use super::groups::GroupFilter;
use super::place::{Group, Place};

impl Curator {
    /// Lets a group see a document. `false` where it could already.
    ///
    /// # Panics
    /// When the document was never inserted.
    pub fn grant(&mut self, document: u32, group: Group) -> bool {
        let place = self.place(document).expect("a document that was inserted");
        let mut number = 0;
        loop {
            let node = &mut self.tree.nodes[number as usize];
            if let Some(shortlist) = node.shortlists.get_mut(&group) {
                let Err(at) = shortlist.binary_search(&place) else { return false };
                shortlist.insert(at, place);
                if shortlist.len() > self.params.shortlist_size {
                    self.split(number, group);
                }
                return true;
            }
            // As near to the root as may be: no group has two shortlists on one way.
            let is_new = node.is_leaf() || !node.groups.contains(group);
            node.groups.insert(group);
            if is_new {
                node.shortlists.insert(group, vec![place]);
                return true;
            }
            number = self.tree.towards(number, place);
        }
    }

    /// Hands a shortlist that is too long on to the children; one of a leaf may have any length.
    fn split(&mut self, number: u32, group: Group) {
        let node = &mut self.tree.nodes[number as usize];
        if node.is_leaf() {
            return;
        }
        let level = node.level;
        let shortlist = node.shortlists.remove(&group).unwrap_or_default();
        for some in shortlist.chunk_by(|a, b| a.child(level) == b.child(level)) {
            let child = self.tree.towards(number, some[0]);
            let below = &mut self.tree.nodes[child as usize];
            below.groups.insert(group);
            below.shortlists.insert(group, some.to_vec());
            if some.len() > self.params.shortlist_size {
                self.split(child, group);
            }
        }
    }

    /// Takes a document from a group. `false` where the group could not see it.
    pub fn revoke(&mut self, document: u32, group: Group) -> bool {
        let Some(place) = self.place(document) else { return false };
        let mut number = 0;
        loop {
            let node = &mut self.tree.nodes[number as usize];
            if let Some(shortlist) = node.shortlists.get_mut(&group) {
                let Ok(at) = shortlist.binary_search(&place) else { return false };
                shortlist.remove(at);
                if shortlist.is_empty() {
                    node.shortlists.remove(&group);
                    self.refilter(number);
                }
                break;
            }
            if node.is_leaf() || !node.groups.contains(group) {
                return false;
            }
            number = self.tree.towards(number, place);
        }
        while let Some(parent) = self.tree.nodes[number as usize].parent
            && self.merge(parent, group)
        {
            number = parent;
        }
        true
    }

    /// Puts the shortlists of all children into one where they are short enough together.
    fn merge(&mut self, number: u32, group: Group) -> bool {
        if !self.is_mergeable(number, group) {
            return false;
        }
        let children = self.tree.nodes[number as usize].children.clone();
        let mut merged: Vec<Place> = Vec::new();
        for child in children {
            let node = &mut self.tree.nodes[child as usize];
            if let Some(shortlist) = node.shortlists.remove(&group) {
                merged.extend(shortlist);
                self.tree.nodes[child as usize].groups = self.filter_of(child);
            }
        }
        self.tree.nodes[number as usize].shortlists.insert(group, merged);
        true
    }

    /// Returns whether the children of a node hold all that a group may see there, and it is little.
    pub(super) fn is_mergeable(&self, number: u32, group: Group) -> bool {
        let mut num_places = 0;
        for child in self.tree.nodes[number as usize].children.clone() {
            let node = &self.tree.nodes[child as usize];
            match node.shortlists.get(&group) {
                Some(shortlist) => num_places += shortlist.len(),
                None if node.groups.contains(group) => return false,
                None => {}
            }
        }
        (1..=self.params.shortlist_size).contains(&num_places)
    }

    /// Brings the filters of a node and of those above it up to date.
    fn refilter(&mut self, number: u32) {
        let mut next = Some(number);
        while let Some(number) = next {
            let groups = self.filter_of(number);
            let node = &mut self.tree.nodes[number as usize];
            if node.groups == groups {
                break;
            }
            node.groups = groups;
            next = node.parent;
        }
    }

    /// A node's filter made anew: its own shortlists, which the paper's first code forgot, and the filters below.
    pub(super) fn filter_of(&self, number: u32) -> GroupFilter {
        let node = &self.tree.nodes[number as usize];
        let mut groups = GroupFilter::new(self.params.filter_bits);
        node.shortlists.keys().for_each(|&group| groups.insert(group));
        for child in node.children.clone() {
            groups.union(&self.tree.nodes[child as usize].groups);
        }
        groups
    }
}
