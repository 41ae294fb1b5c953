#!/bin/bash
#SBATCH --gres=gpu:a100:1
srun python3 ../src/tokenizer_of.py ../configs/bpe.yaml --vocab-size 32000
srun python3 ../src/generate.py --model_path runs/llama-1b --max_length 512
