#!/bin/bash
#SBATCH --job-name=grpo_mistral_7b
export CUDA_VISIBLE_DEVICES=0
BASE_MODEL="/me/sft_models/mistral_7b/four500-1124"
python3 script/train_grpo_unsloth.py \
  --base_model "${BASE_MODEL}" \
  --batch_size 4 \
  --gradient_accumulation_steps 8 \
  --learning_rate 5e-6 \
  --num_generations 8 \
  --max_steps 300 \
  --seed 1
