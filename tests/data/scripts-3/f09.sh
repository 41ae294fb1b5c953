#!/bin/bash
#SBATCH --nodes=16 --ntasks-per-node=4 --gpus-per-node=4
DIR=/scratch/$USER/Megatron-LM
SHAPE=(
	--num-layers 32
	--hidden-size 4096
	--ffn-hidden-size 14336
	--swiglu
)
TRAIN=(
	--micro-batch-size 1 --global-batch-size 128
	--train-iters 500
	--optimizer adam
	--bf16
	--recompute-activations
)
SPREAD=(
	--tensor-model-parallel-size 1
	--pipeline-model-parallel-size 1
	--use-distributed-optimizer
)
DATA="--seq-length 8192 --data-path $(python3 $DIR/tools/paths.py -p $DATASETS)"
CMD="python3 $DIR/pretrain_gpt.py ${SHAPE[@]} ${TRAIN[@]} ${SPREAD[@]} --load $DIR/ckpt $DATA"
srun -lu bash -c "RANK=\$SLURM_PROCID numactl --membind=0-3 $CMD"
