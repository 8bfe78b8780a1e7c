"""A loudspeaker: listens to its topic, plays (notes the order's identifier), says what it does. Not ours: paho-mqtt.

Arguments: port, folder of notes, how it behaves (plain, silent, twice), seconds by which its clock is off.
"""
import datetime
import json
import pathlib
import sys
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

port, folder, manner, off = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
played = folder / "played.txt"
done = set(played.read_text().split()) if played.exists() else set()


def say(client, topic, order, state, **more):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=off)
    word = {"order": order, "state": state, "at": at.isoformat(timespec="seconds"), **more}
    client.publish(topic, json.dumps(word), qos=1)


sounding = []


def on_message(client, _, message):
    order = json.loads(message.payload)
    name, topic = order["order"], message.topic.replace("/broadcast", "/status")
    say(client, topic, name, "accepted")
    if name in done or manner == "silent":
        return
    done.add(name)
    say(client, topic, name, "playing")
    with played.open("a") as notes:
        notes.write(name + "\n")
    sounding.append((topic, name, order["playing_seconds"]))


def end(topic, name, seconds):
    say(client, topic, name, "played", seconds=seconds)
    if manner == "twice":
        say(client, topic, name, "played", seconds=seconds)
        say(client, topic, name, "playing")
        say(client, topic, name, "accepted")
        say(client, topic, name, "failed", reason="late")


def on_connect(client, _userdata, _flags, _reason, _properties):
    client.subscribe("village/+/broadcast", qos=1)
    (folder / "up").write_text("up")


client = mqtt.Client(client_id="speaker", protocol=mqtt.MQTTv5)
client.on_connect, client.on_message = on_connect, on_message
kept = Properties(PacketTypes.CONNECT)
kept.SessionExpiryInterval = 3600
client.connect("127.0.0.1", port, clean_start=False, properties=kept)
while True:
    if client.loop(timeout=0.1) != mqtt.MQTT_ERR_SUCCESS:
        try:
            client.reconnect()
        except OSError:
            time.sleep(0.1)
    # Loudspeakers in a test do not take their time, unless somebody is to cut in.
    while sounding and client.is_connected() and not (folder / "hold").exists():
        end(*sounding.pop(0))
