DISTRIBUTED_ARGS="--nproc_per_node 1 --nnodes 1"
source $1
source $2
python -m torch.distributed.launch $DISTRIBUTED_ARGS finetune_glm.py \
    --deepspeed --finetune --experiment-name ${NAME} --task ${TASK} \
    --valid-data ${DATA} --checkpoint-activations --fp16 --overwrite \
    $MODEL_ARGS $EVALUATE_ARGS
