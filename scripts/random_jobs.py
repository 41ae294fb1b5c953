# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs as people submit them, made up from a seed. scripts/stress submits them to a cluster,
scripts/long-run asks dsfit about a day of them.

A training is one of the labelled job scripts in tests/data/scripts, with its request. What nobody
has counted is an assumption; ASSUMPTIONS says each in a line.
"""
import json
import os
import random

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The demo site: type, GPUs of a node, nodes, bytes of a node in GB.
CARDS = (("rtx4090", 2, 4, 125), ("a100", 4, 4, 500), ("a100_80g", 4, 4, 1000),
         ("h100", 8, 2, 2000), ("h200", 8, 1, 2000))
# How often each card is asked for.
CARD_SHARES = (15, 30, 25, 20, 10)
# Billions of parameters up to which people ask for the smallest card.
SMALL = 4
# How the training is started, as counted in 81 public scripts.
LAUNCHERS = (("torchrun", 24), ("accelerate", 17), ("deepspeed", 13), ("python", 20), ("other", 7))
# What is changed in a script since it ran last.
CHANGES = (("nothing", 55), ("model", 10), ("batch", 10), ("sequence", 8), ("gpus", 9), ("card", 8))
LARGER = {"0.5B": "1.5B", "1.5B": "3B", "3B": "7B", "4B": "8B", "7B": "13B", "8B": "14B",
          "13B": "34B", "14B": "32B", "34B": "70B", "32B": "72B", "70B": "180B"}
KINDS = (("declared", 10), ("script", 52), ("other", 38))

ASSUMPTIONS = (
    "trainings: drawn evenly from the labelled scripts in tests/data/scripts that name a model",
    "their requests: as labelled, at most what the demo site has of a card (an assumption)",
    "of all GPU jobs 38 % train nothing that dsfit knows (49 of 130 public scripts)",
    "of the trainings 1 in 6 is declared by options, the others by their script (an assumption)",
    "launchers as counted in 81 public scripts: " +
    ", ".join(f"{name} {count}" for name, count in LAUNCHERS),
    "cards asked for, per cent: " + ", ".join(
        f"{card[0]} {share}" for card, share in zip(CARDS, CARD_SHARES)) + " (an assumption)",
    f"nobody asks for a {CARDS[0][0]} first for more than {SMALL}B (an assumption)",
    "changed since the last run, per cent: " + ", ".join(
        f"{name} {share}" for name, share in CHANGES) + " (an assumption)",
)


def pick(rng, table):
    """One of (value, weight) pairs."""
    return rng.choices([value for value, _ in table], [weight for _, weight in table])[0]


def labelled():
    """What the labelled scripts train: settings that --ds options can say."""
    folder = os.path.join(TOP, "tests", "data", "scripts")
    trainings = []
    with open(os.path.join(folder, "labels.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            label = json.loads(line)
            size = size_in(str(label.get("model")))
            if label["expect"] != "nothing" and size:
                trainings.append(training_of(label, size))
    return trainings


def size_in(name):
    """The size that a model's name says: "13B"."""
    words = name.lower().replace("-", "_").replace("/", "_").replace("(", "").split("_")
    for word in words:
        for part in (word, word.lstrip("abcdefghijklmnopqrstuvwxyz")):
            digits = part.rstrip("b")
            if part.endswith("b") and digits.replace(".", "", 1).isdigit():
                return f"{digits}B"
    return None


def training_of(label, size):
    """The settings of a label; what it does not know is as usual."""
    method = str(label.get("method") or "full")
    return {
        "model": size,
        "method": next((word for word in ("qlora", "lora") if word in method), "full"),
        "zero": label.get("zero"),
        "offload": "optimizer:cpu" if label.get("offload_optimizer") == "cpu" else None,
        "batch": label.get("micro_batch") or 1,
        "seq": label.get("sequence") or 2048,
        "checkpointing": "none" if label.get("checkpointing") == "none" else "full",
        "nodes": label.get("nodes") or 1,
        "gpus": label.get("gpus_per_node") or label.get("gpus_used_per_node") or
                (1 if label["launcher"] == "python" else 8),
    }


def options_of(training):
    """The options of sbatch that declare a training."""
    options = [f"--ds-model={training['model']}", f"--ds-batch={training['batch']}",
               f"--ds-seq={training['seq']}", f"--ds-checkpointing={training['checkpointing']}"]
    if training["method"] != "full":
        options.append(f"--ds-method={training['method']}")
    if training["zero"] is not None:
        options.append(f"--ds-zero={training['zero']}")
    if training["offload"]:
        options.append(f"--ds-offload={training['offload']}")
    return options


def script_of(rng, training):
    """A job script that says the same in a launcher's words."""
    launcher = pick(rng, LAUNCHERS)
    start = {"torchrun": "srun torchrun --nnodes=$SLURM_NNODES --nproc_per_node="
                         f"{training['gpus']}",
             "accelerate": f"accelerate launch --num_processes={training['gpus']}",
             "deepspeed": f"deepspeed --num_gpus={training['gpus']}",
             "python": "srun python", "other": "python"}[launcher]
    lines = ["#!/bin/bash", f"MODEL=acme/llama-{training['model'].lower()}", "cat > ds.json <<E",
             json.dumps({"zero_optimization": {
                 "stage": training["zero"] or 0,
                 **({"offload_optimizer": {"device": "cpu"}} if training["offload"] else {})}}),
             "E", f"{start} train.py --model_name_or_path $MODEL \\",
             f"  --per_device_train_batch_size {training['batch']} --bf16 \\",
             f"  --max_seq_length {training['seq']} --learning_rate 1e-5 \\",
             f"  --gradient_checkpointing {training['checkpointing'] == 'full'} \\",
             "  --deepspeed ds.json" + {"full": "", "lora": " --use_peft",
                                        "qlora": " --use_peft --load_in_4bit"}[training["method"]]]
    return "\n".join(lines) + "\n"


def change(rng, training, card):
    """What people change in a job that ran. Returns the card."""
    what = pick(rng, CHANGES)
    if what == "model":
        training["model"] = LARGER.get(training["model"], training["model"])
    elif what == "batch":
        training["batch"] *= rng.choice((2, 4))
    elif what == "sequence":
        training["seq"] *= rng.choice((2, 4))
    elif what == "gpus":
        training["gpus"] = max(1, training["gpus"] // 2)
    elif what == "card":
        return CARDS[max(0, CARDS.index(card) - 1)]
    return card


def request_of(rng, training, card):
    """The request in sbatch's words, in one of the ways people ask for GPUs."""
    name, most, nodes, memory = card
    gpus = min(training["gpus"], most)
    wanted = min(-(-training["nodes"] * training["gpus"] // gpus), nodes)
    training["gpus"], training["nodes"] = gpus, wanted
    request = [f"--nodes={wanted}"]
    request.append(rng.choice((f"--gpus-per-node={name}:{gpus}", f"--gres=gpu:{name}:{gpus}",
                               f"--gpus={name}:{gpus * wanted}")))
    if rng.random() < 0.4:
        request.append(f"--mem={rng.choice((memory // 8, memory // 4, memory // 2))}G")
    return request


def jobs(seed, count):
    """So many jobs, the same ones for the same seed. Each has kind, options, script, request,
    gpus and hours."""
    rng = random.Random(seed)
    trainings = labelled()
    for number in range(count):
        training = dict(rng.choice(trainings))
        large = float(training["model"][:-1]) > SMALL
        card = change(rng, training, rng.choices(CARDS[large:], CARD_SHARES[large:])[0])
        request = request_of(rng, training, card)
        kind = pick(rng, KINDS)
        script = script_of(rng, training)
        if kind == "other":
            script = "#!/bin/bash\n" + rng.choice((
                "srun gmx_mpi mdrun -nb gpu\n", "python -m vllm.entrypoints.openai.api_server\n",
                "jupyter lab --no-browser\n", "srun ./solver --gpu --steps 100000\n",
                "python evaluate.py --checkpoint last.pt\n"))
        yield {"number": number, "user": f"u{rng.randrange(200):03}", "kind": kind,
               "training": options_of(training),
               "options": options_of(training) if kind == "declared" else [],
               "script": script, "request": request,
               "gpus": training["nodes"] * training["gpus"],
               "hours": round(min(48, rng.lognormvariate(1.2, 1)), 2)}
