"""Answers a line `INDEX BATCH LENGTH` on standard input with the CPU seconds that one run of ONNX Runtime took.

Arguments: a BERT checkpoint, then a folder for the exported models. INDEX 0 is f32 after ONNX Runtime's own
optimiser for transformers, 1 the same with int8 weights and activations (dynamic quantisation).
"""

import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from transformers import BertModel

checkpoint, folder = sys.argv[1], Path(sys.argv[2])


class LastHiddenState(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = BertModel.from_pretrained(checkpoint, dtype=torch.float32, attn_implementation="eager").eval()

    def forward(self, ids, mask):
        return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state


def export():
    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {name: {0: "batch", 1: "length"} for name in ["ids", "mask", "states"]}
    torch.onnx.export(LastHiddenState(), (ids, torch.ones_like(ids)), folder / "plain.onnx", input_names=["ids", "mask"],
                      output_names=["states"], dynamic_axes=axes, opset_version=17, dynamo=False)
    fused = optimizer.optimize_model(str(folder / "plain.onnx"), model_type="bert", num_heads=12, hidden_size=384)
    fused.save_model_to_file(str(folder / "f32.onnx"))
    quantize_dynamic(folder / "f32.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8,
                     extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


def session(name):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])


export()
sessions = [session("f32.onnx"), session("int8.onnx")]
print(ort.__version__, flush=True)
for line in sys.stdin:
    index, batch, length = map(int, line.split())
    ids = np.tile(1000 + np.arange(length, dtype=np.int64) % 500, (batch, 1))
    start = time.process_time()
    sessions[index].run(None, {"ids": ids, "mask": np.ones_like(ids)})
    print(time.process_time() - start, flush=True)
