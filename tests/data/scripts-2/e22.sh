#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=8
automodel finetune llm -c recipes/llama_3_2_1b.yaml --nproc-per-node 8 --step_scheduler.local_batch_size 4
