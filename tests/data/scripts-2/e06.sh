#!/bin/bash
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8
#SBATCH --gpus-per-node=8
export HF_TOKEN=$(cat ~/.hf)
nemo llm finetune -y --factory llama31_8b \
    trainer.num_nodes=1 trainer.devices=8 \
    trainer.strategy.tensor_model_parallel_size=2 \
    data.micro_batch_size=1 data.global_batch_size=32 data.seq_length=4096 \
    peft.dim=16
