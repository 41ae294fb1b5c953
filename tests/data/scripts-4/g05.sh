#!/bin/bash
#SBATCH --job-name=finetune_gpt_oss_20b
conda activate llmstl
cd /home/ubuntu/gen
MODEL="unsloth/gpt-oss-20b-unsloth-bnb-4bit"
BATCH_SIZE=8
MAX_SEQ_LENGTH=4096
echo "Model: ${MODEL}"
python3 pddl_finetune.py \
    --mode train \
    --model "${MODEL}" \
    --family gpt \
    --num-train-epochs 3 \
    --per-device-train-batch-size ${BATCH_SIZE} \
    --gradient-accumulation-steps 4 \
    --learning-rate 2e-4 \
    --max-seq-length ${MAX_SEQ_LENGTH} \
    --load-in-4bit \
    --eval-strategy steps
