#!/bin/bash
#SBATCH --nodes=4 --exclusive
set -ex;
PER_NODE=8
declare -a LAUNCH=(
    --nproc_per_node=$PER_NODE
    --nnodes=$SLURM_JOB_NUM_NODES
    --rdzv_endpoint=$(hostname)
)
export TORCHRUN="/usr/local/bin/python3 -m torch.distributed.run"
declare -a TRAINING=(
    --train_batch_size=4
    --val_batch_size=4
    --bf16=1
    --activation_checkpointing=1
    --intermediate_size=14336
    --max_context_width=8192
    --hidden_width=4096
    --num_layers=32
    --model_type=mixtral
    --tokenizer=mistralai/Mixtral-8x7B-v0.1
    --checkpoint_dir=./checkpoints
    --resume_from_checkpoint=./checkpoints
    --sharding_strategy=full  # or hybrid
    --lr=0.0001 --epochs=3
)
srun -l ${TORCHRUN} "${LAUNCH[@]}" ../src/train.py "${TRAINING[@]}"
