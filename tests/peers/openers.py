"""Far sides that hold connections open: peers.py PORT SECONDS NUMBER_OF_EACH KIND...

Kinds: half (a request's head without its end), slow (a byte of a head now and then), body (a form that never comes
whole), mute (connects and says nothing), forged (asks for a letter's page with a code that nobody gave out), push and
audio (the same for other addresses), deaf (asks again and again and takes no answer). Whoever is sent away comes again.
Prints how often each status was answered.
"""

import asyncio
import collections
import random
import resource
import sys

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
answers = collections.Counter()


def code():
    return "1%s-%s" % (random.choice(ALPHABET), "".join(random.choices(ALPHABET, k=16)))


def get(path):
    return ("GET %s HTTP/1.1\r\nHost: office.example.com\r\n\r\n" % path).encode()


async def answer(reader):
    """The status of an answer, which is read whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return int(head.split()[1])


async def half(reader, writer, pause):
    writer.write(b"GET /n/1-0000000000000000 HTTP/1.1\r\nHost: office.example.com\r\n")
    await reader.read()


async def slow(reader, writer, pause):
    for byte in get("/n/" + code() + "?" + "x" * 4000):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def body(reader, writer, pause):
    path = "/n/" + code()
    writer.write(("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                  "Content-Length: 9000\r\n\r\naction=" % path).encode())
    answers[await answer(reader)] += 1
    await reader.read()


async def mute(reader, writer, pause):
    await reader.read()


async def asks(reader, writer, pause, path, method=b"GET"):
    while True:
        writer.write(get(path()).replace(b"GET", method, 1).replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n"))
        answers[await answer(reader)] += 1
        await asyncio.sleep(pause)


async def forged(reader, writer, pause):
    await asks(reader, writer, pause, lambda: "/n/" + code())


async def push(reader, writer, pause):
    await asks(reader, writer, pause, lambda: "/push/aliyun/%s/report" % code(), b"POST")


async def audio(reader, writer, pause):
    await asks(reader, writer, pause, lambda: "/audio/%s.mp3" % code())


async def deaf(reader, writer, pause):
    reader._transport.pause_reading()
    while True:
        writer.write(get("/n/" + code()) * 20)
        await writer.drain()
        await asyncio.sleep(pause)


async def peer(kind, port, pause):
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await kind(reader, writer, pause)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            if writer:
                writer.transport.abort()
        await asyncio.sleep(pause * (0.5 + random.random()))


async def main(port, seconds, pause, kinds):
    peers = [asyncio.ensure_future(peer(globals()[name], port, pause)) for name, count in kinds for _ in range(count)]
    await asyncio.sleep(seconds)
    for one in peers:
        one.cancel()
    await asyncio.gather(*peers, return_exceptions=True)
    print(dict(answers))


_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
words = [word.split("=") for word in sys.argv[4:]]
asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), [(name, int(n)) for name, n in words]))
