#!/bin/bash
#SBATCH --nodes=2 --gpus-per-node=8 --ntasks-per-node=1
export CMD="scripts/run_sft.py --model_name_or_path acme/llama-70B-cpt --max_seq_length 4096 \
    --per_device_train_batch_size 1 --gradient_accumulation_steps 2 --bf16 --gradient_checkpointing"
export LAUNCHER="singularity_wrapper exec accelerate launch \
    --rdzv_conf "rdzv_backend=c10d,rdzv_endpoint=$MASTER_ADDR:$MASTER_PORT" \
    --num_machines $SLURM_NNODES --num_processes $((SLURM_GPUS_ON_NODE*SLURM_NNODES)) \
    --machine_rank \$SLURM_PROCID --role \$(hostname -s|tr -dc '0-9'): --tee 3 "
srun --jobid $SLURM_JOB_ID bash -c "$LAUNCHER --role \$SLURMD_NODENAME: $CMD"
