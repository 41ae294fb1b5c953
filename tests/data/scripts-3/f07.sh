#!/bin/bash
#SBATCH --nodes=4 --gpus-per-node=8 --ntasks-per-node=1
srun bash -c "torchrun --rdzv_backend=static --node_rank=\$SLURM_NODEID \
    --nproc_per_node=\$SLURM_GPUS_PER_NODE --nnodes=\$SLURM_NNODES --no_python \
    fast-llm train gpt --config examples/small.yaml"
