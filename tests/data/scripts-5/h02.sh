#!/usr/bin/env bash
#SBATCH --nodes=1 --ntasks-per-node=1
#SBATCH --gres=gpu:4
set -xeuo pipefail
eval "$(conda shell.bash hook)"
conda deactivate
conda activate rl
export PER_NODE=4
HOSTS=${SLURM_JOB_NUM_NODES}
BASE=acme/Qwen2.5-7B-Instruct
offload=false # small enough
if [ "vllm" = "$ENGINE" ]; then
    export VLLM_USE_V1=1
fi
prompt=$((1024 * 2))
answer=$((1024 * 6))
buffer=$((1024 * 4))
per_gpu=8
dynamic=true
most=$(((prompt + answer) * 2))
offload=true
once=true
if [ "$once" = true ]; then
    python tools/data/prepare.py --local_save_dir /data/sums/
fi
train="['/data/sums/train.parquet']"
python3 -m verl.trainer.main_ppo \
    algorithm.adv_estimator=grpo \
    data.train_files="${train}" \
    data.train_batch_size=256 \
    data.max_prompt_length=${prompt} \
    data.max_response_length=${answer} \
    actor_rollout_ref.rollout.n=8 \
    actor_rollout_ref.actor.use_dynamic_bsz=${dynamic} \
    actor_rollout_ref.actor.ppo_max_token_len_per_gpu=${most} \
    actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=${per_gpu} \
    actor_rollout_ref.model.path="${BASE}" \
    actor_rollout_ref.model.enable_gradient_checkpointing=true \
    actor_rollout_ref.actor.fsdp_config.param_offload=${offload} \
    actor_rollout_ref.actor.fsdp_config.optimizer_offload=${offload} \
    actor_rollout_ref.ref.fsdp_config.param_offload=false \
    actor_rollout_ref.rollout.tensor_model_parallel_size=2 \
    +reward_model.reward_kwargs.overlong_buffer_cfg.len=${buffer} \
    trainer.logger='["console","wandb"]' \
    trainer.n_gpus_per_node="${PER_NODE}" \
    trainer.nnodes="${HOSTS}" \
    $@
