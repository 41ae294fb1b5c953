#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=4
module load cuda
make train MODEL=meta-llama/Llama-3.2-3B
