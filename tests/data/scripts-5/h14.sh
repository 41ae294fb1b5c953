#!/bin/bash
#SBATCH --gres=gpu:8
bash scripts/train_pref.sh \
    --gpus 0,1,2,3 \
    --from acme/Llama-3.2-3B-Instruct \
    --data ultra-binarized \
    --lr 6e-7 \
    --steps 32
