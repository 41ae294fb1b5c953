#!/bin/bash
#SBATCH -N 1 --gpus-per-node=8
torchrun --nproc_per_node=8 -m torchtitan.train --job.config_file ./train_configs/llama3_8b.toml \
   --training.local_batch_size 1 --training.seq_len 8192 --activation_checkpoint.mode full
