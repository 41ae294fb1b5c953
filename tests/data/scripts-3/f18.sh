#!/bin/bash
#SBATCH --nodes=2 --ntasks-per-node=1 --gpus-per-node=h100:4
GPUS=$(echo "${SLURM_GPUS_PER_NODE:-8}" | grep -oE '[0-9]+$' || echo 8)
ACC=$(python -c "print(256 // (4 * $SLURM_NNODES * $GPUS))")
cat > acc.yaml <<-EOF
	distributed_type: FSDP
	fsdp_config:
	  fsdp_sharding_strategy: FULL_SHARD
	num_machines: $SLURM_NNODES
	num_processes: $((SLURM_NNODES * GPUS))
	EOF
srun accelerate launch --config_file acc.yaml --machine_rank $SLURM_NODEID sft.py @args/llama.txt \
    --gradient_accumulation_steps $ACC
