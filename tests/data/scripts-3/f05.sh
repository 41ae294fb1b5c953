#!/bin/bash
#SBATCH -N 2
#SBATCH --ntasks-per-node=1
nodes_array=( $(scontrol show hostnames "$SLURM_JOB_NODELIST") )
node_1=${nodes_array[0]}
srun --nodes=1 --ntasks=1 -w "$node_1" bash -c "ray start --head --block" &
for ((i = 1; i < SLURM_JOB_NUM_NODES; i++)); do
srun --nodes=1 --ntasks=1 -w "${nodes_array[$i]}" bash -c "ray start --address $node_1 --block" &
done
srun --overlap --nodes=1 --ntasks=1 -w "$node_1" bash -c \
"ray job submit --address=http://localhost:8265 \
    --runtime-env-json='{\"working_dir\": \"/openrlhf\"}' \
    -- python3 -m openrlhf.cli.train_ppo_ray \
    --actor.model_name_or_path acme/Llama-3-8b-sft \
    --reward.model_name_or_path acme/Llama-3-70b-rm \
    --train.micro_batch_size 4 \
    --rollout.micro_batch_size 16 \
    --rollout.batch_size 1024 \
    --vllm.tensor_parallel_size 2 \
    --data.max_len 2048 \
    --ds.zero_stage 3 --ds.param_dtype bf16 --ds.adam_offload \
    --actor.gradient_checkpointing_enable \
    --train.max_epochs 1"
