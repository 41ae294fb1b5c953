#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus=2
#SBATCH --gpus-per-node=2
trl dpo --config dpo.yaml --beta 0.1
