#!/bin/bash
#SBATCH -N 1
#SBATCH --gres=gpu:1
source activate /labs/envs/em
# python train.py experiments/old/config.json
python train.py experiments/a/config.json
python train.py experiments/b/config.json
