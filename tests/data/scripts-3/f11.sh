#!/bin/bash
#SBATCH --nodes=16
#SBATCH --ntasks-per-node=1
#SBATCH --gres=gpu:4
SIZE=52
if   [[ ${SIZE} == 7 ]];    then WIDTH=4096;  LAYERS=36
elif [[ ${SIZE} == 52 ]];   then WIDTH=8192;  LAYERS=64
else echo "what is $SIZE?"
fi
export LAUNCHER="python -u -m torch.distributed.launch --nproc_per_node 4 --nnodes $SLURM_NNODES "
json="./z3.json"
cat <<EOT > $json
{
    "fp16": { "enabled": "auto" },
    "optimizer": { "type": "AdamW" },
    "zero_optimization": {
        "stage": 3,
        "offload_optimizer": { "device": "none" },
        "offload_param": { "device": "none" }
    },
    "train_micro_batch_size_per_gpu": "auto"
}
EOT
export CMD=" \
    run_clm.py \
    --model_type gpt2 --tokenizer_name gpt2 \
    --config_overrides "n_embd=$WIDTH,n_head=32,n_layer=$LAYERS,gradient_checkpointing=true,use_cache=False" \
    --do_train --block_size 1024 \
    --per_device_train_batch_size 10 \
    --fp16 \
    --deepspeed $json \
    "
clear; srun --jobid $SLURM_JOBID bash -c '$LAUNCHER --node_rank $SLURM_PROCID $CMD' 2>&1 | tee log
