"""Documents of several customers in one collection, which know nothing of each other."""

import tempfile

import pleiad

with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/mail", create=True, language="en", tenants=True) as mail:
    acme, zeta = mail.tenant("acme"), mail.tenant("zeta")
    acme.add(["1", "2"], texts=["The invoice of May is overdue", "Lunch on Friday?"])
    zeta.add(["1"], texts=["The invoice of June"])
    print([hit.text for hit in acme.search("unpaid bills", k=1)], [hit.text for hit in zeta.search("unpaid bills", k=1)])
    print(mail.tenants())
    zeta.delete(filter="TRUE")
    assert mail.tenants() == [("acme", 2)]
