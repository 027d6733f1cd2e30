"""Trains small tokenizers of each kind and writes the ids that Python gives many texts; exit code 3 without the library.

usage: token_ids.py OUTDIR [--seed N]
"""
import json
import os
import random
import sys

try:
    import tokenizers
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
except ImportError:
    sys.exit(3)

OUT = sys.argv[1]
SEED = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SPECIAL = ["<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<tool_call>"]
# A way to cut text into words, numbers, signs and blanks, as byte-level vocabularies of code models do.
PIECES = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level():
    out = Tokenizer(models.BPE())
    out.normalizer = normalizers.NFC()
    out.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PIECES), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    out.decoder = decoders.ByteLevel()
    return out, trainers.BpeTrainer(vocab_size=900, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=SPECIAL)


def roberta():
    out = Tokenizer(models.BPE())
    out.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    out.decoder = decoders.ByteLevel()
    out.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), add_prefix_space=False)
    return out, trainers.BpeTrainer(vocab_size=900, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=SPECIAL)


def bert():
    out = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    out.normalizer = normalizers.BertNormalizer(lowercase=True)
    out.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    out.decoder = decoders.WordPiece()
    out.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return out, trainers.WordPieceTrainer(vocab_size=900, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", *SPECIAL])


def llama():
    out = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    out.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    out.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(),
                                     decoders.Strip(" ", 1, 0)])
    out.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return out, trainers.BpeTrainer(vocab_size=900, max_token_length=12,
                                    special_tokens=["<unk>", "<s>", "</s>", *[f"<0x{i:02X}>" for i in range(256)], *SPECIAL[3:]])


def texts():
    """Lines of this project, and what goes wrong: scripts, combining signs, emoji, blanks, special tokens, controls."""
    lines = []
    for folder in ("src/model", "src/torch", "native/src", "python", "docs"):
        for name in sorted(os.listdir(os.path.join(ROOT, folder))):
            if name.endswith((".ts", ".cpp", ".py", ".md")):
                lines += open(os.path.join(ROOT, folder, name), encoding="utf8").read().split("\n")
    rng = random.Random(SEED)
    odd = ["", " ", "\n", "\t\t x", "a\r\nb", "na\u00efve cafe\u0301", "\u4f60\u597d\uff0c\u4e16\u754c", "\U0001f469\u200d\U0001f4bb ok",
           "\u0645\u0631\u062d\u0628\u0627", "\u1100\u1161", "\ufb01ne", "x\u0000y", "I'll don't WE'VE", "1234567 3.14e-10",
           "<|im_start|>user\nhi<|im_end|>\n", "<s>a</s>", " <tool_call> {\"a\": 1}", "<|im_start", "\u00a0nbsp", "\u2581x",
           "trailing   ", "   leading", "a" * 70, "\u0130stanbul \u1e9e", "[CLS] x [SEP]", "\ud55c\uae00"]
    pieces = [rng.choice(odd) + rng.choice(["", " ", "\n"]) + rng.choice(lines) for _ in range(150)]
    return odd + rng.sample([line for line in lines if line.strip()], 500) + pieces, lines


ALL, LINES = texts()
for name, make in {"byte-level": byte_level, "roberta": roberta, "bert": bert, "llama": llama}.items():
    tokenizer, trainer = make()
    tokenizer.train_from_iterator(LINES, trainer)
    folder = os.path.join(OUT, name)
    os.makedirs(folder)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    json.dump({"texts": ALL,
               "bare": [tokenizer.encode(text, add_special_tokens=False).ids for text in ALL],
               "whole": [tokenizer.encode(text).ids for text in ALL],
               "decoded": [tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids, skip_special_tokens=False)
                           for text in ALL]},
              open(os.path.join(folder, "reference.json"), "w"))
print(json.dumps({"names": ["byte-level", "roberta", "bert", "llama"], "versions": {"tokenizers": tokenizers.__version__}}))
