#!/bin/bash
#SBATCH --gres=gpu:2
#SBATCH --signal=B:USR1@1800
SRC=$1; TGT=$2; FROM=$3
ROOT=/scratch/${USER}/talk
cd $ROOT
BASE=/scratch/$USER/talk/hf_cache/hub/models--acme--opus-en-xx-1B/snapshots/0123456789abcdef
python src/run_talk.py finetune \
    --base "$BASE" \
    --train  "data/off_${SRC}-${TGT}.tsv" \
    --init-adapter "${FROM}" \
    --dora --rslora \
    --lora-r 64 --lora-alpha 128 \
    --epochs 5 \
    --batch-size 32 \
    --grad-accum 2 \
    --compute-bleu
