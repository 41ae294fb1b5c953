#!/bin/bash
#SBATCH --gres=gpu:1
COMMAND=(python -u pfn_train.py
    --label "k$1"
    --n-files 420
    --batch-size 4
    --gradient-accumulation-steps 1
    --arch energyflow
    --phi-sizes 100,100,128
    --lr 1e-4
    --warmup-epochs 1)
"${COMMAND[@]}" --epochs 55
