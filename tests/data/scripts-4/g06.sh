#!/bin/bash
#SBATCH -J dpo_llama
#SBATCH -N1
#SBATCH --quotatype=reserved
#SBATCH --gres=gpu:8
#SBATCH --ntasks-per-node=1    
nodes=( $( scontrol show hostnames $SLURM_JOB_NODELIST ) )
head_node_ip=$(srun -N1 -n1 -w "${nodes[0]}" hostname --ip-address)
GPUS_PER_NODE=8
NNODES=$SLURM_NNODES
srun bash -c 'echo $SLURMD_NODENAME-$SLURM_JOB_GPUS'
DATA_PATH="$1"
MODEL_PATH="$2"
previous_lora_path="$4"
other_params="$5"
if [ -z "$previous_lora_path" ]; then
    previous_lora_path="None"
fi
if [ $previous_lora_path != "None" ]; then 
    deep_speed_path=scripts/zero2.json
else
    deep_speed_path=scripts/zero3.json
fi
argv=()
read -ra argv <<< "$other_params"
if [[ "$other_params" != *"--num_train_epochs"* ]]; then 
    argv+=("--num_train_epochs" "1")
fi
srun --jobid $SLURM_JOBID python -u -m torch.distributed.run \
    --nproc_per_node $GPUS_PER_NODE \
    --nnodes $NNODES \
    --node_rank $SLURM_PROCID \
     Evol_Instruct/training/dpo_train.py \
    --data_path $DATA_PATH \
    --model_name_or_path $MODEL_PATH \
    --deepspeed $deep_speed_path \
    --tuned_lora_path $previous_lora_path \
    --per_device_train_batch_size 4 \
    --gradient_accumulation_steps 4 \
    --torch_dtype bfloat16 \
    --bf16 True \
    --max_length 8192 \
    --max_prompt_length 3072 \
    --gradient_checkpointing True \
    --lora_r 16 \
    --lora_alpha 32 \
    ${argv[@]}
