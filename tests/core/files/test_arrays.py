"""Files of arrays from elsewhere: read as their own libraries read them, and otherwise one sentence, at once."""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.files import arrays, safetensors

LARGEST = 10**7
SMALL = {
    "a": np.arange(6.0).reshape(2, 3),
    "b.weight": np.arange(4, dtype=np.float32),
    "half": np.asfortranarray(np.arange(6, dtype=np.float16).reshape(3, 2)),
    "one": np.array(2.5),
    "whole": np.arange(3, dtype=np.int32),
}


def npz_bytes(found: dict[str, np.ndarray], compressed: bool = False) -> bytes:
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **found)  # type: ignore[arg-type]
    return buffer.getvalue()


def safetensors_bytes(found: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    safetensors.write(buffer, found)
    return buffer.getvalue()


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def member(header: str, numbers: bytes = b"") -> bytes:
    raw = header.encode("latin-1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + numbers


def header(descr: str = "'<f8'", shape: str = "(1,)", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


def tensor_file(entries: object, numbers: bytes = b"") -> bytes:
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + numbers


def tensor(kind: str = "F64", shape: object = (1,), first: int = 0, last: int = 8) -> dict[str, object]:
    return {"dtype": kind, "shape": shape, "data_offsets": [first, last]}


def read(tmp_path: Path, content: bytes, name: str = "w.npz") -> dict[str, np.ndarray]:
    path = tmp_path / name
    path.write_bytes(content)
    return arrays.read(path, LARGEST)


def refusal(tmp_path: Path, content: bytes, name: str = "w.npz") -> str:
    with pytest.raises(InputError) as refused:
        read(tmp_path, content, name)
    sentence = str(refused.value)
    assert name in sentence and "\n" not in sentence
    return sentence


# --- read as they are ---


@pytest.mark.parametrize("content", [npz_bytes(SMALL), npz_bytes(SMALL, True), safetensors_bytes(SMALL)])
def test_what_was_written_is_read_whatever_the_files_name(content, tmp_path):
    for name in ("w.npz", "w.safetensors", "w"):
        found = read(tmp_path, content, name)
        assert list(found) == list(SMALL)
        for key, array in SMALL.items():
            assert found[key].dtype == array.dtype and np.array_equal(found[key], array), key


def test_the_safetensors_library_reads_and_writes_the_same(tmp_path):
    library = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed to compare with")
    plain = {name: np.array(array, order="C") for name, array in SMALL.items()}
    read_by_it = library.load(safetensors_bytes(SMALL))
    read_by_us = read(tmp_path, library.save(plain, metadata={"format": "np"}))
    for name, array in SMALL.items():
        assert np.array_equal(read_by_it[name], array) and np.array_equal(read_by_us[name], array), name


def test_bfloat16_is_the_upper_half_of_a_float32(tmp_path):
    wanted = np.array([1.0, -2.5, 3.140625, 0.0, 2.0**100], dtype=np.float32)
    raw = (wanted.view(np.uint32) >> 16).astype("<u2").tobytes()
    found = read(tmp_path, tensor_file({"w": tensor("BF16", [5], 0, 10)}, raw))
    assert found["w"].dtype == np.float32 and np.array_equal(found["w"], wanted)


def test_headers_in_another_order_and_older_versions_are_read(tmp_path):
    text = "{'shape': (2L, 1L), \"descr\": \"<f4\", 'fortran_order': True}"
    raw = np.array([1.0, 2.0], dtype="<f4").tobytes()
    long = text.encode("latin-1")
    second = b"\x93NUMPY\x02\x00" + struct.pack("<I", len(long)) + long + raw
    found = read(tmp_path, zipped(("a.npy", member(text, raw)), ("b.npy", second)))
    assert all(found[name].tolist() == [[1.0], [2.0]] for name in "ab")


def test_only_what_is_wanted_is_read(tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(zipped(("a.npy", member(header(), bytes(8))), ("b.npy", b"no array at all")))
    assert list(arrays.read(path, LARGEST, lambda name: name == "a")) == ["a"]


# --- refused at once ---

NUMBER = bytes(8)
DAMAGED = "is damaged; save it again"
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "neither NPZ nor safetensors"),
    "text": (b"weights", "neither NPZ nor safetensors"),
    "no end": (b"PK\x03\x04", DAMAGED),
    "objects": (zipped(("a.npy", member(header("'|O'"), NUMBER))), "holds Python objects, which are never read"),
    "records": (zipped(("a.npy", member(header("[('x', '<f8')]"), NUMBER))), "records of several fields"),
    "void": (zipped(("a.npy", member(header("'|V8'"), NUMBER))), "does not hold real numbers"),
    "times": (zipped(("a.npy", member(header("'<M8[s]'"), NUMBER))), "does not hold real numbers"),
    "bytes": (zipped(("a.npy", member(header("'|S8'"), NUMBER))), "does not hold real numbers"),
    "subarrays": (zipped(("a.npy", member(header("'2f4'"), NUMBER))), "does not hold real numbers"),
    "no type": (zipped(("a.npy", member(header("'hello'"), NUMBER))), DAMAGED),
    "a program": (zipped(("a.npy", member(header("__import__('os')"), NUMBER))), DAMAGED),
    "a negative axis": (zipped(("a.npy", member(header(shape="(-1,)"), NUMBER))), DAMAGED),
    "a product past 64 bits": (zipped(("a.npy", member(header(shape="(4294967296, 4294967296)"), NUMBER))), DAMAGED),
    "a huge axis of nothing": (zipped(("a.npy", member(header(shape=f"(0, {'9' * 200})")))), DAMAGED),
    "nine axes": (zipped(("a.npy", member(header(shape="(1,1,1,1,1,1,1,1,1)"), NUMBER))), DAMAGED),
    "fewer numbers": (zipped(("a.npy", member(header(shape="(2,)"), NUMBER))), DAMAGED),
    "more numbers": (zipped(("a.npy", member(header(), NUMBER + b"1"))), DAMAGED),
    "a deep header": (zipped(("a.npy", member("(" * 9000, NUMBER))), DAMAGED),
    "a long header": (zipped(("a.npy", member(" " * 20_000, NUMBER))), "longer than 10,000 bytes"),
    "a header of 4 GB": (zipped(("a.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff")), "longer than 10,000 bytes"),
    "another version": (zipped(("a.npy", b"\x93NUMPY\x09\x00\x10\x00")), DAMAGED),
    "an empty member": (zipped(("a.npy", b"")), DAMAGED),
    "a text beside it": (zipped(("a.npy", member(header(), NUMBER)), ("read.me", b"")), "“read.me” in it is no array"),
    "lzma": (zipped(("a.npy", member(header(), NUMBER)), method=zipfile.ZIP_LZMA), "packed in another way"),
    "bzip2": (zipped(("a.npy", member(header(), NUMBER)), method=zipfile.ZIP_BZIP2), "packed in another way"),
    "unpacks to more": (
        zipped(("a.npy", member(header("'|i1'", "(20000000,)"), bytes(2 * 10**7))), method=zipfile.ZIP_DEFLATED),
        "unpacks to more than 10 MB",
    ),
    "more as floats": (
        zipped(("a.npy", member(header("'|i1'", "(2000000,)"), bytes(2 * 10**6))), method=zipfile.ZIP_DEFLATED),
        "unpacks to more numbers",
    ),
    "2,000 arrays": (zipped(*((f"{k}.npy", b"") for k in range(2000))), "more than 1000 arrays"),
    "tensors: no JSON": (tensor_file(b"{nothing}"), DAMAGED),
    "tensors: deep JSON": (tensor_file(b'{"a":' * 200_000), DAMAGED),
    "tensors: long number": (tensor_file(b'{"a":' + b"9" * 10_000 + b"}"), DAMAGED),
    "tensors: no UTF-8": (tensor_file(b'{"\xff":1}'), DAMAGED),
    "tensors: twice": (
        tensor_file(b'{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":1}', NUMBER),
        DAMAGED,
    ),
    "tensors: a gap": (tensor_file({"a": tensor(first=8, last=16)}, NUMBER * 2), DAMAGED),
    "tensors: an overlap": (tensor_file({"a": tensor(), "b": tensor()}, NUMBER), DAMAGED),
    "tensors: more behind": (tensor_file({"a": tensor()}, NUMBER * 2), DAMAGED),
    "tensors: fewer numbers": (tensor_file({"a": tensor()}, b"1"), DAMAGED),
    "tensors: another size": (tensor_file({"a": tensor(shape=[2])}, NUMBER), DAMAGED),
    "tensors: negative": (tensor_file({"a": tensor(shape=[-1])}, NUMBER), DAMAGED),
    "tensors: past 64 bits": (tensor_file({"a": tensor(shape=[2**40, 2**40])}, NUMBER), DAMAGED),
    "tensors: true": (tensor_file({"a": tensor(shape=[True])}, NUMBER), DAMAGED),
    "tensors: a list": (tensor_file({"a": [1]}, NUMBER), DAMAGED),
    "tensors: a type": (tensor_file({"a": tensor("F8_E4M3", [8])}, NUMBER), "type F8_E4M3, which NumPy lacks"),
    "tensors: many": (tensor_file({str(k): tensor() for k in range(2000)}), "it has 2000 arrays"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_one_sentence(case, tmp_path):
    content, sentence = REFUSED[case]
    assert sentence in refusal(tmp_path, content)


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped(("a.npy", member(header(), NUMBER)), ("a.npy", member(header(), NUMBER)))
    assert "“a.npy” is in it twice" in refusal(tmp_path, content)


def test_an_encrypted_member_is_refused(tmp_path):
    content = bytearray(zipped(("a.npy", member(header(), NUMBER))))
    for at in (6, content.rindex(b"PK\x01\x02") + 8):  # the flag of the member's own header and of the list's
        content[at] |= 1
    assert "it is encrypted" in refusal(tmp_path, bytes(content))


def test_two_gigabytes_in_a_small_file_are_refused_without_memory(tmp_path):
    """Its list says 2 GB; and where the list lies, no more is unpacked than it says."""
    content = zipped(("a.npy", member(header("'|i1'", "(9000000,)"), bytes(9 * 10**6))), method=zipfile.ZIP_DEFLATED)
    listed = content.rindex(b"PK\x01\x02")
    for size, sentence in ((2 * 10**9, "unpacks to more than 10 MB"), (1000, DAMAGED)):
        lie = bytearray(content)
        lie[listed + 24 : listed + 28] = struct.pack("<I", size)
        tracemalloc.start()
        assert sentence in refusal(tmp_path, bytes(lie))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10**6


def test_a_list_of_100_000_members_is_not_read(tmp_path):
    entry = b"PK\x01\x02" + bytes(42)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 60_000, 60_000, 60_000 * len(entry), 4, 0)
    content = b"PK\x03\x04" + entry * 60_000 + end
    tracemalloc.start()
    assert "more than 1000 arrays" in refusal(tmp_path, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**6


@pytest.mark.parametrize("count", [1, 60])
def test_a_name_in_a_sentence_is_a_line_at_most(count, tmp_path):
    name = "a\nb\x1b[31m" * count
    sentence = refusal(tmp_path, tensor_file({name: tensor("F8_E4M3", [8])}, NUMBER))
    assert len(sentence) < 200 and "\x1b" not in sentence


# --- other libraries' files ---


def torch_file() -> bytes:
    return zipped(("model/data.pkl", pickle.dumps({})), ("model/version", b"3\n"), ("model/data/0", NUMBER))


FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "gru.pt": (torch_file(), "PyTorch's torch.save, which is a pickle: opening it can run code", "gru.pt gru.npz"),
    "pytorch_model.bin": (torch_file(), "torch.save", "weights_only=True"),
    "last.ckpt": (torch_file(), "torch.save", "d.get('state_dict', d)"),
    "model.npz": (torch_file(), "torch.save", "torch.load"),
    "old.pth": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.", "torch.save (an old one)", "torch.load"),
    "jit.pt": (
        zipped(("m/data.pkl", b""), ("m/code/__torch__.py", b""), ("m/constants.pkl", b"")),
        "a TorchScript program of PyTorch; opening it can run code",
        "torch.jit.load",
    ),
    "own weights.pkl": (pickle.dumps({"a": 1}), "a Python pickle: opening it can run code", "'own weights.pkl'"),
    "model.keras": (
        zipped(("metadata.json", b"{}"), ("config.json", b"{}"), ("model.weights.h5", b"\x89HDF\r\n\x1a\n")),
        "a Keras model, whose layers may bring Python functions along: opening it can run code",
        "keras.models.load_model",
    ),
    "model.h5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file, as Keras saves models", "keras.models.load_model"),
    "w.weights.h5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "Keras's save_weights", "model.load_weights('w.weights.h5')"),
    "m.onnx": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:", "an ONNX graph", "model.state_dict()"),
    "graph.pb": (b"\n\x10anything", "a TensorFlow graph or checkpoint", "model.get_weights()"),
    "one.npy": (member(header(), NUMBER), "a single array", "numpy.savez('one.npz', *arrays)"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_another_librarys_file_is_named_with_the_line_that_converts_it(name, tmp_path):
    content, what, line = FOREIGN[name]
    sentence = refusal(tmp_path, content, name)
    assert what in sentence and line in sentence and sentence.endswith((".npz", ".npz'", ")"))
    if "python3 -c" in sentence:
        compile(sentence.split('"')[1], "line", "exec")


# --- whatever else ---


def mutated(content: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, cut, doubled or put in."""
    raw = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(raw) + 1)
        match rng.randrange(6):
            case 0:
                raw[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del raw[at : at + rng.choice((1, 8, 100))]
            case 2:
                raw[at:at] = rng.randbytes(rng.choice((1, 4, 50)))
            case 3:
                raw[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x80", b"PK\x01\x02"))
            case 4:
                raw[at : at + 1] = bytes([raw[at] ^ 1 << rng.randrange(8)]) if at < len(raw) else b""
            case 5:
                raw[at:at] = raw[at : at + rng.choice((2, 30))]
        if not raw:
            break
    return bytes(raw)


SOURCES: dict[str, Callable[[], bytes]] = {
    "npz": lambda: npz_bytes(SMALL),
    "compressed": lambda: npz_bytes(SMALL, True),
    "safetensors": lambda: safetensors_bytes(SMALL),
    "torch": torch_file,
}


@pytest.mark.parametrize("source", SOURCES)
def test_whatever_happens_to_a_file_it_is_read_or_refused_in_a_sentence(source, tmp_path):
    whole, rng, path = SOURCES[source](), random.Random(source), tmp_path / "w.npz"
    sentences = []
    for _ in range(400):
        path.write_bytes(mutated(whole, rng))
        try:
            arrays.read(path, LARGEST)
        except InputError as error:
            sentences.append(str(error))
    assert len(sentences) > 50
    assert all(each.startswith("w.npz cannot be used: ") and len(each) < 600 for each in sentences)


def test_every_compressed_byte_matters(tmp_path):
    """A checksum is compared to the end: no changed number is taken for a right one."""
    whole = npz_bytes({"a": np.arange(20.0)}, compressed=True)
    begin = whole.index(b"a.npy") + 5
    for at in range(begin + 20, begin + 120, 7):
        raw = bytearray(whole)
        raw[at] ^= 0x10
        try:
            found = read(tmp_path, bytes(raw))
        except InputError:
            continue
        assert np.array_equal(found["a"], np.arange(20.0))


def test_the_bound_is_on_what_is_left(tmp_path):
    """Many arrays that fit one by one, but not together: as floats, or already as they are, then before any is read."""
    raw = npz_bytes({str(k): np.zeros(200_000, dtype=np.int8) for k in range(8)}, compressed=True)
    assert "unpacks to more numbers" in refusal(tmp_path, raw)
    raw = npz_bytes({str(k): np.zeros(500_000) for k in range(3)}, compressed=True)
    tracemalloc.start()
    assert "unpacks to more than 10 MB" in refusal(tmp_path, raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**6
