#!/bin/bash
#SBATCH --nodes=32 --ntasks-per-node=8 --gpus-per-node=mi250:8 --exclusive
if [ -z $SLURM_JOB_ID ]; then
    sbatch "$0"
    exit
fi
LAYERS=40
WIDTH=5120
LEN=4096
TOKENS=2_000_000_000
TOKENS=${TOKENS//_}
STEP=" --optimizer adam --lr 3e-4 --train-samples $((TOKENS/LEN)) "
SHAPE=" \
    --num-layers $LAYERS \
    --hidden-size $WIDTH \
    --ffn-hidden-size 13824 \
    --seq-length $LEN \
    --micro-batch-size 1 --global-batch-size 256 \
    --bf16 \
    $STEP \
    "
CMD=" \
    pretrain_gpt.py \
    --tensor-model-parallel-size 2 \
    --pipeline-model-parallel-size 4 \
    $SHAPE \
    "
srun --label singularity exec -B $PWD image.sif ./launch.sh $CMD
