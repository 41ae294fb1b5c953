#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=4
vllm serve Qwen/Qwen3-32B --tensor-parallel-size 4 --max-model-len 32768 &
sleep 120
python eval_math.py --model Qwen/Qwen3-32B --n 64 --max_tokens 8192
