#!/bin/bash
#SBATCH --nodes=2                   # 16 GPUs
#SBATCH --exclusive
set -exuo pipefail
#declare -a MEGATRON_ARGS=(
#    --num-layers 32
#)
# llama2-70b-hf.
declare -a MEGATRON_ARGS=(
    --num-layers 80
    --hidden-size 8192
    --num-attention-heads 64
    --group-query-attention
    --num-query-groups 8

    --tensor-model-parallel-size 4
    --pipeline-model-parallel-size 4
    --sequence-parallel

    --use-distributed-optimizer
)
MEGATRON_ARGS+=(
   --untie-embeddings-and-output-weights
   --swiglu
)
: "${SEQ_LENGTH:=4096}"
: "${MICRO_BATCH_SIZE:=1}"
: "${GLOBAL_BATCH_SIZE:=2048}"
: "${IMAGE:=$(pwd)/m.sqsh}"
declare -a ARGS=(
    --container-image $IMAGE
)
declare -a TORCHRUN_ARGS=(
    # change this to match the number of gpus per node:
    --nproc_per_node=8
    --nnodes=$SLURM_JOB_NUM_NODES
    --rdzv_endpoint=$(hostname)
)
MEGATRON_ARGS+=(
    --seq-length $SEQ_LENGTH
    --micro-batch-size $MICRO_BATCH_SIZE
    --global-batch-size $GLOBAL_BATCH_SIZE

    # Example how to control
    --train-iters 5
)
[[ -f ${IMAGE} ]] || { echo "Could not find enroot image: $IMAGE" ; exit -1 ; }
srun -l "${ARGS[@]}" python -m torch.distributed.run "${TORCHRUN_ARGS[@]}" /workspace/Megatron-LM/pretrain_gpt.py \
        "${MEGATRON_ARGS[@]}" \
        --use-mcore-models \
        --lr 6.0e-5 \
        --tokenizer-type Llama2Tokenizer \
        --fp16
