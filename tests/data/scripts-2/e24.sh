#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=2
for task in gsm8k mmlu; do
  accelerate launch --num_processes 2 -m lm_eval --model hf --model_args pretrained=meta-llama/Llama-3.1-8B --tasks $task --batch_size 8
done
