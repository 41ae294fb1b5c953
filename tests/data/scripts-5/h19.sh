#!/bin/bash
#SBATCH --gres=gpu:4
singularity exec --nv ../sif/t.sif bash scripts/train.sh
