#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=8
uv run accelerate launch --config_file recipes/zero3.yaml --num_processes=7 src/open_r1/grpo.py --config recipes/grpo.yaml --vllm_mode server &
CUDA_VISIBLE_DEVICES=7 uv run trl vllm-serve --model Qwen/Qwen2.5-Math-7B
wait
