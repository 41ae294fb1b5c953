#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=4
tune run --nproc_per_node 4 full_finetune_distributed --config llama3_1/8B_full \
   batch_size=2 gradient_accumulation_steps=8 tokenizer.max_seq_len=4096 \
   checkpointer.checkpoint_dir=/models/Meta-Llama-3.1-8B-Instruct enable_activation_checkpointing=True dtype=bf16
