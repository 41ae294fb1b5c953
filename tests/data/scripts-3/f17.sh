#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=8 --ntasks-per-node=1
export MODEL_NAME=gpt-news-model-multigpu
srun singularity exec image.sif torchrun --standalone --nnodes=1 \
    --nproc-per-node=${SLURM_GPUS_PER_NODE} GPT-neo-news-finetuning.py \
    --model-name $MODEL_NAME --output-path /scratch/out
