#!/bin/bash
#SBATCH --nodes=3
#SBATCH --gpus-per-node=8
#SBATCH --gpus-per-task=8
#SBATCH --ntasks-per-node=1
set -euxo pipefail
export CONFIG_PATH=axolotl_r1.yaml
srun -l --export=ALL \
  bash -c '
    set -eux
    torchrun \
      --nnodes=${SLURM_JOB_NUM_NODES} \
      --nproc_per_node=${SLURM_GPUS_PER_NODE:-8} \
      --node_rank=${SLURM_NODEID} \
      -m axolotl.cli.train ${CONFIG_PATH}
  '
