#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=8
set -x
in_path() {
    case ":$PYTHONPATH:" in
        *":$1:"*) ;;
        *) export PYTHONPATH="$1:$PYTHONPATH" ;;
    esac
}
in_path "$PWD"
engine=fsdp # fsdp, fsdp2, megatron
estimator=grpo
base=acme/Qwen3-30B-A3B-Base
prompt=$((1024 * 2)); answer=$((1024 * 8))
TP=2; PP=1; SHARE=4
BY_FSDP="
    actor_rollout_ref.actor.fsdp_config.strategy=$engine \
    actor_rollout_ref.actor.fsdp_config.param_offload=False \
    actor_rollout_ref.actor.fsdp_config.optimizer_offload=False \
    actor_rollout_ref.actor.ulysses_sequence_parallel_size=$SHARE"
BY_MEGATRON="
    actor_rollout_ref.actor.megatron.tensor_model_parallel_size=$TP \
    actor_rollout_ref.actor.megatron.pipeline_model_parallel_size=$PP \
    actor_rollout_ref.actor.megatron.context_parallel_size=1 \
    actor_rollout_ref.actor.megatron.expert_model_parallel_size=8 \
    actor_rollout_ref.actor.megatron.expert_tensor_parallel_size=1 \
    actor_rollout_ref.actor.megatron.param_offload=True \
    actor_rollout_ref.actor.megatron.grad_offload=True \
    actor_rollout_ref.actor.megatron.optimizer_offload=True \
    actor_rollout_ref.actor.megatron.override_transformer_config.moe_router_dtype=fp32 \
    actor_rollout_ref.actor.megatron.override_transformer_config.moe_permute_fusion=True \
    actor_rollout_ref.actor.megatron.override_transformer_config.recompute_method=uniform \
    actor_rollout_ref.actor.megatron.override_transformer_config.recompute_granularity=full \
    actor_rollout_ref.actor.megatron.override_transformer_config.recompute_num_layers=1 \
    actor_rollout_ref.actor.megatron.override_transformer_config.apply_rope_fusion=True \
    actor_rollout_ref.actor.megatron.override_transformer_config.gradient_accumulation_fusion=True \
    actor_rollout_ref.actor.megatron.use_mbridge=True"
ACTOR="
    actor_rollout_ref.model.path=$base \
    actor_rollout_ref.model.enable_gradient_checkpointing=True \
    actor_rollout_ref.actor.use_dynamic_bsz=True"
CRITIC="
    critic.model.path=$base \
    critic.ulysses_sequence_parallel_size=$SHARE"
CRITIC_BY_FSDP="${BY_FSDP//actor_rollout_ref.actor/critic.model}"
CRITIC_BY_MEGATRON="${BY_MEGATRON//actor_rollout_ref.actor/critic}"
if [[ $engine == "megatron" ]]; then
    FILE=ppo_megatron_trainer
    ACTOR="$ACTOR $BY_MEGATRON"
    [[ $estimator == "gae" ]] && CRITIC="$CRITIC $CRITIC_BY_MEGATRON" || CRITIC=""
else
    FILE=ppo_trainer
    ACTOR="$ACTOR $BY_FSDP"
    [[ $estimator == "gae" ]] && CRITIC="$CRITIC $CRITIC_BY_FSDP" || CRITIC=""
fi
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
until nvidia-smi > /dev/null 2>&1; do
    sleep 2
done
srun --nodes=1 --ntasks=1 -w "$head" ray start --head --port=6379 --num-gpus "${SLURM_GPUS_PER_NODE}" --block &
for ((i = 1; i <= SLURM_JOB_NUM_NODES - 1; i++)); do
    srun --nodes=1 --ntasks=1 ray start --address "$head:6379" --block &
done
PYTHONUNBUFFERED=1 srun --overlap --nodes=1 --ntasks=1 -w "$head" \
    python -m verl.trainer.main_ppo --config-path=./config --config-name=$FILE \
    algorithm.adv_estimator=$estimator data.max_prompt_length=$prompt \
    data.max_response_length=$answer data.train_batch_size=64 $ACTOR $CRITIC \
    trainer.n_gpus_per_node=$SLURM_GPUS_PER_NODE trainer.nnodes=$SLURM_NNODES
