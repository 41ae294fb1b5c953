#!/usr/bin/env bash
set -e
export PYTHONPATH=$(pwd)
LOG="./log/train_$(date +%Y%m%d_%H%M%S).log"
CMD="PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True \
        TOKENIZERS_PARALLELISM=false \
        CUDA_VISIBLE_DEVICES=0,1,2,3 \
        accelerate launch \
        --config_file three.yaml \
        src/train_all.py \
        --epochs 3 \
        --batch_size 4 \
        --max_words 3072
        --logfile $LOG \
        "
echo "Running at $(date):" | tee "$LOG"
pip list | grep -E 'torch|deepspeed|accelerate' | tee -a "$LOG"
eval $CMD 2>&1 | tee -a "$LOG"
