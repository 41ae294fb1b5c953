#!/bin/bash
#SBATCH --array=0-9 --gpus=1
apptainer exec --nv vllm.sif python infer_array.py --model acme/llama-8b --shard $SLURM_ARRAY_TASK_ID --batch_size 64
swift infer --model acme/Qwen3-8B --train_type lora --max_length 2048 --adapters out/1
