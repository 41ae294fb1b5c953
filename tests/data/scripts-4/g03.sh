#!/bin/bash
#SBATCH --ntasks-per-node=8
#SBATCH --nodes=32
#SBATCH --exclusive
#SBATCH --gpus-per-node=8
which srun
BATCH=$((1-$?))
DEBUG=0
USE_TILING=1
SOURCE=`pwd`
TP=4
SEQ_LEN=1024
DECODER_SEQ_LEN=16384
if [[ $BATCH -eq 0 ]]; then
    DEBUG=1
fi
if [[ $DEBUG -eq 1 ]]; then
    MBZ=1
    BZ=2
    NW=0
else
    MBZ=1
    BZ=128
    NW=8
    EXTRA_ARGS=""
fi
if [[ $USE_TILING -eq 1 ]]; then
    EXTRA_ARGS+=" --pixel-shuffle --use-tiling --max-num-tiles 12"
    SEQ_LEN=256
fi
OPTIONS=" \
    --use-checkpoint-args \
    --tokenizer-model /lustre/Llama-3.1-Nemotron-Nano-8B-v1 \
    --swiglu \
    --tensor-model-parallel-size ${TP}  \
    --pipeline-model-parallel-size 1 \
    --num-layers 32 \
    --hidden-size 4096 \
    --ffn-hidden-size 14336 \
    --num-attention-heads 32 \
    --use-distributed-optimizer \
    --seq-length ${SEQ_LEN} \
    --decoder-seq-length ${DECODER_SEQ_LEN} \
    --micro-batch-size ${MBZ} \
    --global-batch-size ${BZ} \
    --lr 2e-5 \
    --lr-decay-style cosine \
    --pretrained-checkpoint /lustre/ckpt/pretrain_llama_8b/ \
    --bf16 \
    --img-h 512 \
    --language-model-type=llama_nemotron_8b \
    ${EXTRA_ARGS} \
    --recompute-granularity full \
    --recompute-method block \
    --recompute-num-layers 32 \
"
if [[ $BATCH -eq 0 ]]; then
    torchrun --nproc_per_node 8 examples/multimodal/train.py ${OPTIONS}
else
    run_cmd="cd ${SOURCE}; python -u examples/multimodal/train.py ${OPTIONS}"
    srun -l --verbose \
    --container-image /lustre/x.sqsh \
    --container-mounts "/lustre" \
    sh -c "${run_cmd}"
fi
