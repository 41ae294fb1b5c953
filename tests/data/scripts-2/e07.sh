#!/bin/bash
#SBATCH -N 2 --gpus-per-node=8 --ntasks-per-node=8 --exclusive
srun --container-image=nvcr.io/nvidia/nemo:25.04 \
  nemo llm pretrain --yes --factory "llama3_8b(num_nodes=2, num_gpus_per_node=8)" data.micro_batch_size=2 \
  data.seq_length=8192 optim.config.lr=3e-4
