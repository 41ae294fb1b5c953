#!/bin/bash
#SBATCH --gres=gpu:a6000:6
CARD=a6000
N=6
if [ "$CARD" = "a100" ]; then
    PER=2
elif [ "$CARD" = "a6000" ]; then
    PER=1
else
    exit 1
fi
PORT=$(shuf -i 20000-30000 -n 1)
accelerate launch --num_processes=$N --main_process_port $PORT more_pretraining.py \
    --max_length 4096 --train_batch_size $PER --gradient_accumulation_steps 16 \
    --learning_rate 5e-5 --model_name "meta-llama/Llama-3.2-1B"
