#!/bin/bash
#SBATCH -N 1 --gpus-per-node=8
EACH=8
NNODES=${SLURM_NNODES:-"1"}
RUN=(
    --nproc_per_node $EACH
    --nnodes $NNODES
)
SHAPE=(
    --use-mcore-models
    --seq-length 4096
    --num-layers 32
    --hidden-size 4096
    --ffn-hidden-size 14336
    --num-attention-heads 32
    --swiglu
)
EXPERTS=(
    --num-experts 8
    --moe-router-topk 2
    --moe-grouped-gemm
)
HOW=(
    --micro-batch-size 1
    --global-batch-size 256
    --lr 1e-4
    --bf16
)
PARALLEL=(
    --tensor-model-parallel-size 1
    --pipeline-model-parallel-size 4
    --expert-model-parallel-size 8
    --use-distributed-optimizer
)
torchrun ${RUN[@]} pretrain_gpt.py ${SHAPE[@]} ${EXPERTS[@]} ${HOW[@]} ${PARALLEL[@]} --load $1
