#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=8
bash scripts/ds_finetune.sh config/model_10b.sh config/task_copa.sh
