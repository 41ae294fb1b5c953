#!/bin/bash
#SBATCH --gres=gpu:4
python3 tools/train.py --cfg experiments/pose.yaml --gpus 0,1,2,3
