#!/bin/bash
#SBATCH --gres=gpu:1
bash scripts/evaluate_lm.sh config/model_10b.sh config/zero_lambada.sh
