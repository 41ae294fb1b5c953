#! /bin/bash
#SBATCH --nodes=2 --ntasks-per-node=1
#SBATCH --gres=gpu:4
NODELIST=($(scontrol show hostnames $SLURM_JOB_NODELIST))
export FIRST=${NODELIST[0]}
export PORT=45678
srun -N1 -w $FIRST singularity exec --nv \
--bind /lustre/models:/lustre/models/ \
/lustre/images/serve.sif \
trl vllm-serve --model acme/Qwen3-4B --port $PORT &
TRIED=0
until curl -s -o /dev/null -w "%{http_code}" http://$FIRST:$PORT | grep -E "^4[0-9]{2}$"; do
    TRIED=$((TRIED + 1))
    if [ "$TRIED" -ge "60" ]; then
        echo "it does not answer"
        exit 1
    fi
    sleep 5
done
srun -N $(( SLURM_NNODES-1 )) --ntasks-per-node 1 -x $FIRST singularity exec --nv \
--bind /lustre/models:/lustre/models/ \
/lustre/images/train.sif \
accelerate launch --config_file three.yaml --num_processes 4 grpo.py \
--model_name_or_path acme/Qwen3-4B --per_device_train_batch_size 2 --max_prompt_length 512 \
--max_completion_length 1536 --bf16 --vllm_server_host $FIRST
