#!/bin/bash
#SBATCH --nodes=2
#SBATCH --exclusive
export PER=4
export LAUNCHER="accelerate launch \
    --num_processes $((SLURM_NNODES * PER)) --num_machines $SLURM_NNODES \
    --machine_rank $SLURM_PROCID \
    --use_fsdp --fsdp_sharding_strategy FULL_SHARD \
    --fsdp_transformer_layer_cls_to_wrap EsmLayer
    --fsdp_sync_module_states True \
    "
export ARGS=" \
    --config_name "facebook/esm2_t30_150M_UR50D" \
    --tokenizer_name "facebook/esm2_t30_150M_UR50D" \
    --bf16 True --do_train True --do_eval True \
    --gradient_accumulation_steps 16 --per_device_train_batch_size 8 \
    --max_seq_length 512
    "
srun $LAUNCHER /code/train.py $ARGS
