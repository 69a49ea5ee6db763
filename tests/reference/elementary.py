"""Writes elementary.csv: sin, cos, exp, ln and tanh as a nearest double and what is left, as bits. Needs mpmath."""
import mpmath as mp, struct, random
mp.mp.prec = 1400
random.seed(20261126)
def bits(x): return struct.unpack('<Q', struct.pack('<d', x))[0]
def fl(b): return struct.unpack('<d', struct.pack('<Q', b))[0]
pts = {}
u = random.uniform
trig = [u(-4,4) for _ in range(120)] + [u(-1e5,1e5) for _ in range(120)] + [random.choice([-1,1])*10**u(5,308) for _ in range(120)]
trig += [random.choice([-1,1])*10**u(-300,0) for _ in range(40)]
trig += [float(mp.pi/2*k) for k in [1,2,3,4,5,7,11,100,1001,33333,63661,63662]] + [float(mp.pi/4*k) for k in [1,3,5,7,9,11]]
trig += [1e5, fl(bits(1e5)+1), -1e5, fl(bits(1e5)-1), 6381956970095103.0*2.0**797, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308]
pts['sin']=trig; pts['cos']=trig
pts['exp']=[u(-708,708) for _ in range(160)]+[u(-1,1) for _ in range(160)]+[random.choice([-1,1])*10**u(-20,0) for _ in range(60)]+[u(708,709.7) for _ in range(8)]+[u(-744,-708) for _ in range(8)]+[float(mp.log(2)*(k+mp.mpf('0.5'))) for k in (-500,-10,-1,0,1,10,500)]
pts['ln']=[10**u(-300,300) for _ in range(160)]+[u(0.5,2) for _ in range(160)]+[1+random.choice([-1,1])*10**u(-15,-1) for _ in range(80)]+[fl(bits(1.0)+1),fl(bits(1.0)-1),2**.5,.5**.5,5e-324,1e-310,1.7976931348623157e308]
pts['tanh']=[u(-3,3) for _ in range(240)]+[random.choice([-1,1])*10**u(-20,0) for _ in range(120)]+[u(-21,21) for _ in range(60)]+[random.choice([-1,1])*float(mp.log(2)/4*(2*k+1))*(1+u(-1e-3,1e-3)) for k in range(20)]+[19.9,20.0,20.1,710.0,5e-324]
f={'sin':mp.sin,'cos':mp.cos,'exp':mp.exp,'ln':mp.log,'tanh':mp.tanh}
out=['# function, argument, nearest number, rest: f(x) = nearest + rest, by mpmath with 1,400 bits']
for name in ['sin','cos','exp','ln','tanh']:
    for x in pts[name]:
        v=f[name](mp.mpf(x))
        hi=float(v); lo=float(v-mp.mpf(hi))
        out.append('%s,%016x,%016x,%016x'%(name,bits(x),bits(hi),bits(lo)))
open('elementary.csv','w').write('\n'.join(out)+'\n')
