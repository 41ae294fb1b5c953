#!/bin/bash
#SBATCH --gpus-per-node=1
CONFIG="${CONFIG:-configs/sft.yaml}"
singularity run t.sif python -m training.train_sft --config "${CONFIG}" --preflight
